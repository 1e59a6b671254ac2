"""What a visitor of the demo is told first, in the terminal and on the page."""

HELLO = "You are Maya Chen, on call for the flight-delay model in February 2013, and a blizzard is coming."

CLOCK = (
    "The clock at the top runs while you look, and waits whenever somebody has to act; “Next event” goes on to what "
    "comes next."
)

FIRST = "The model is judged every morning at eight; its first verdict comes here in half a minute."

STEPS = (
    "The storm breaks the objective. As Maya: acknowledge the alert, file the bug, ask for the rollback.",
    "Become Jonas or Amina (the people are at the top right) and approve it; its thread says when it is verified.",
    "On Monday, as Jonas: accept the handoff in #ml-oncall, and go through the review’s cards in #flights-model.",
    "On Tuesday, as Jonas: the storm’s last alert, then the retrained model. Try /oncall, /bug list, /model, Home.",
)
