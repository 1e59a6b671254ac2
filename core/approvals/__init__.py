"""Requests that another person decides, with evidence, deadline and trail."""
