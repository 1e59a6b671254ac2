"""The pictures of an evaluation, a week, a comparison, and what has fired."""
