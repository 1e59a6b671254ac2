"""What had happened before the visitor came: everybody has read what there is."""

from bot.demo.simulation import Simulation
from bot.demo.stage import Stage


async def begin(made: Stage, simulation: Simulation) -> None:
    """Bring the demo to where its story begins, so that nothing waits there that is not part of it."""
    await simulation.creep()
    state = made.workspace.ctx.state
    for channel in state.channels.values():
        for person in channel.members if channel.messages else ():
            state.mark_read(person, channel, next(reversed(channel.messages)))
