"""Programs that run in the peers' own environments; they read Parquet, write JSON and know nothing of this house."""
