"""What had happened before the visitor came: the shift was taken over, and everybody has read of it."""

from sqlalchemy.orm import Session

from bot.demo.simulation import Simulation
from bot.demo.stage import Stage
from core.config.load import Config
from core.oncall import store
from workflows.hand_off import accept


async def begin(made: Stage, simulation: Simulation) -> None:
    """Bring the demo to where its story begins, so that nothing waits there that is not part of it."""
    await simulation.creep()
    now = made.clock.now()

    def take_over(session: Session, config: Config) -> None:
        for handoff in store.unaccepted(session):
            incoming = config.team.person(handoff.incoming)
            accept(session, config, handoff.id, incoming, handoff.incoming, now)

    await made.app.database.run(lambda session: take_over(session, made.app.config))
    await simulation.creep()
    state = made.workspace.ctx.state
    for channel in state.channels.values():
        for person in channel.members if channel.messages else ():
            state.mark_read(person, channel, next(reversed(channel.messages)))
