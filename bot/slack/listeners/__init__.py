"""What happens on a command, a click, a submission or an event; one module a concept."""
