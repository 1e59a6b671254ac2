"""What runs over time: schedules, durable runs, and the steps that join several concepts."""
