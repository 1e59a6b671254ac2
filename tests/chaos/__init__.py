"""Proof that nothing is lost: rounds of load in which processes are killed without warning while Slack misbehaves."""
