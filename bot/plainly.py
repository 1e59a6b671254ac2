"""What goes wrong when a command starts, in one sentence for whoever typed it."""

ErrorTypes = tuple[type[BaseException], ...]

DATABASES = "GOLDILOCKS_DATABASE_URL, GOLDILOCKS_RUNS_URL and GOLDILOCKS_REGISTRY_URI say which databases are used"


def expected() -> ErrorTypes:
    """The errors that have a sentence. Imports what raises them, so ask only when something was raised."""
    from alembic.util.exc import CommandError
    from pydantic import ValidationError
    from sqlalchemy.exc import SQLAlchemyError

    from bot.demo.folder import FolderError
    from bot.http.server import PortInUseError
    from bot.imports.draft import SourceError
    from bot.secrets import SecretError
    from core.config.load import ConfigError
    from core.models.registry import RegistryError
    from examples.flights.source import SourceMissingError

    own = (ConfigError, FolderError, PortInUseError, RegistryError, SecretError, SourceError, SourceMissingError)
    return (*own, CommandError, OSError, SQLAlchemyError, ValidationError)


def sentence(error: BaseException) -> str | None:
    """What was wrong and where; None when only its traceback would help."""
    from alembic.util.exc import CommandError
    from pydantic import ValidationError
    from sqlalchemy.exc import SQLAlchemyError

    if isinstance(error, ValidationError):
        return _settings(error)
    if isinstance(error, CommandError):
        return f"the database was made by another version of Goldilocks ({error}); use that one, or a newer one"
    if isinstance(error, SQLAlchemyError):
        why = str(getattr(error, "orig", None) or error).splitlines()[0].rstrip(".")
        return f"a database cannot be used: {why}. {DATABASES}."
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else None
    return str(error)


def _settings(error: "ValidationError") -> str | None:  # type: ignore[name-defined]  # noqa: F821
    """Each variable with what is wrong with it; never its value, which may be secret."""
    if error.title != "Settings":
        return None
    found = error.errors(include_input=False, include_url=False)
    return "\n".join(f"{_variable(str(item['loc'][-1]))}: {item['msg']}" for item in found)


def _variable(name: str) -> str:
    return name.upper() if name.upper().startswith("SLACK_") else f"GOLDILOCKS_{name.upper()}"
