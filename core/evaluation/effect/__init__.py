"""What a finding about the data is expected to do to the metric, worked out from past labels, with an interval."""
