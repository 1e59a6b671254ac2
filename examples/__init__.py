"""Real pipelines, declared and watched."""
