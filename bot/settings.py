"""Settings from the environment, read once and frozen."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things are and how to reach them. `SLACK_*` are Slack's own names, the rest starts with `GOLDILOCKS_`."""

    model_config = SettingsConfigDict(
        env_prefix="GOLDILOCKS_", frozen=True, populate_by_name=True, hide_input_in_errors=True
    )

    config: Path = Field(Path(), description="the folder of team.yaml and the pipelines")
    data: Path = Field(Path(".goldilocks"), description="where state is kept when nothing else is said")
    database_url: str | None = Field(
        None, repr=False, description="SQLAlchemy URL; default: SQLite in the data folder"
    )
    runs_url: str | None = Field(
        None, repr=False, description="URL of the durable runs' own database; default: SQLite"
    )
    registry_uri: str | None = Field(
        None, repr=False, description="MLflow tracking URI; default: SQLite in the data folder"
    )
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    replica: str = Field("local", description="a stable name of this process among its replicas")
    drain_seconds: float = Field(
        0, ge=0, le=600, description="how long after SIGTERM it serves on while /readyz sends load balancers away"
    )
    serving_url: str = Field("http://127.0.0.1:8090", description="what {serving} stands for in the YAML")
    allow_private_calendars: bool = Field(False, description="read calendars at addresses of the own network, too")
    public_url: str | None = Field(None, description="how people reach this server; default: http://host:port")

    slack_bot_token: str | None = Field(None, validation_alias="SLACK_BOT_TOKEN", repr=False)
    slack_signing_secret: str | None = Field(None, validation_alias="SLACK_SIGNING_SECRET", repr=False)
    slack_app_token: str | None = Field(None, validation_alias="SLACK_APP_TOKEN", repr=False)
    slack_api_url: str = Field("https://slack.com/api/", validation_alias="SLACK_API_URL", pattern=r"^https?://")

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data.resolve() / 'goldilocks.db'}"

    @property
    def runs(self) -> str:
        return self.runs_url or f"sqlite:///{self.data.resolve() / 'runs.db'}"

    @property
    def registry(self) -> str:
        return self.registry_uri or f"sqlite:///{self.data.resolve() / 'mlflow.db'}"

    @property
    def url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
