"""The pipeline's card."""
