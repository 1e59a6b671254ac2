"""What was said of past windows held against what turned out, and the thresholds that follow from it."""
