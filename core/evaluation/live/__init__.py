"""The engine on a pipeline that runs: what is remembered from window to window, and what it says of the newest."""
