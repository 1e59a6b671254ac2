"""The storage that a pipeline's YAML declares."""

from core.config.log_address import is_address, read_address
from core.config.pipeline import LabelLog, PredictionLog
from core.evaluation.storage.parquet import ParquetFolders
from core.evaluation.storage.storage import Storage
from core.evaluation.storage.tables import Tables


def storage_of(predictions: PredictionLog, labels: LabelLog, threads: int = 1) -> Storage:
    """Where this log lies. AddressError when a table's address is none; the YAML is checked for that."""
    beside = labels.path or predictions.path
    if not is_address(predictions.path):
        return ParquetFolders(predictions.path, beside, threads)
    return Tables(
        (read_address(predictions.path), predictions.predicted_at),
        (read_address(beside), labels.label_at),
        threads,
    )
