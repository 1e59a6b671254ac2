"""Engine, unit of work, base of the tables, migrations."""
