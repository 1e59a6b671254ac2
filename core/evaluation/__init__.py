"""The prediction log, labels that come late, checks, slices and the verdict."""
