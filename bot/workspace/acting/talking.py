"""What people say: messages, slash commands, opening App Home; each becomes a request to the app."""

import secrets

from ..config import Person, SlashCommand
from ..context import Context
from ..errors import SlackError
from ..messages import Json, Message
from ..outcome import NotPossibleError, Outcome
from ..state import Channel
from ..wire.delivery import Delivery, Reply
from . import payloads
from .mentions import escape, mentioned, typed
from .responses import respond


class Talking:
    """A person's side of conversations."""

    def __init__(self, ctx: Context, delivery: Delivery) -> None:
        self._ctx = ctx
        self._delivery = delivery

    def say(self, user: str, channel_id: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Post as a person; the app hears of it as an event, in the background."""
        person, channel = self.place(user, channel_id)
        if not text.strip():
            raise NotPossibleError("A message needs some text.")
        if thread_ts is not None and thread_ts not in channel.messages:
            raise NotPossibleError("That thread does not exist any more.")
        message = self._ctx.state.add(
            Message(
                channel.id,
                self._ctx.state.next_ts(),
                text=typed(text, self._names(with_labels=False)),
                user=person.id,
                username=person.display,
                thread_ts=thread_ts,
            )
        )
        self._tell_app(person, channel, message)
        return Outcome(True, ts=message.ts)

    def _tell_app(self, person: Person, channel: Channel, message: Message) -> None:
        config = self._ctx.config
        called = config.bot_user_id in mentioned(message)
        if config.bot_user_id not in channel.members:
            if called:
                self._ctx.tell(
                    person.id, channel, f"You mentioned <@{config.bot_user_id}>, but they’re not in this channel."
                )
            return
        source = (
            "message.im" if channel.is_direct else "message.groups" if channel.is_private else "message.channels"
        )
        if source in config.events:
            self._event(payloads.message_event(self._ctx, message, channel, "message"))
        if called and not channel.is_direct and "app_mention" in config.events:
            self._event(payloads.message_event(self._ctx, message, channel, "app_mention"))

    def _event(self, body: Json) -> None:
        self._delivery.send_event(payloads.event(self._ctx, body))

    async def command(self, user: str, channel_id: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Run a slash command, typed as `/command text`."""
        person, channel = self.place(user, channel_id)
        name, _, rest = text.strip().partition(" ")
        command = next((item for item in self._ctx.config.commands if item.command == name), None)
        if command is None:
            known = ", ".join(item.command for item in self._ctx.config.commands)
            raise NotPossibleError(f"{name} is not a valid command. There is {known or 'none'}.")
        if thread_ts is not None:
            raise NotPossibleError(f"{name} is not supported in threads. Sorry!")
        form = payloads.slash(self._ctx, person, channel, name, self._argument(command, rest.strip()))
        before = self.top_view_id(user)
        reply = await self._delivery.send("slash", form)
        error = self._command_error(name, reply) or self._show_answer(form, reply)
        if error:
            self._ctx.tell(user, channel, error)
        return Outcome.of(reply, error, view=self.opened_view(user, before))

    def _argument(self, command: SlashCommand, text: str) -> str:
        return typed(text, self._names(with_labels=True)) if command.should_escape else text

    def _command_error(self, name: str, reply: Reply) -> str | None:
        return None if reply.ok else f'{name} failed with the error "{reply.error}"'

    def _show_answer(self, form: Json, reply: Reply) -> str | None:
        """Show what the app said in its acknowledgement; returns an error text when Slack would refuse it."""
        body = {"text": reply.body} if isinstance(reply.body, str) else reply.body
        if (
            not body
            or not isinstance(body, dict)
            or not (body.get("text") or body.get("blocks") or body.get("attachments"))
        ):
            return None
        key = str(form["response_url"]).rsplit("/", 1)[-1]
        try:
            respond(self._ctx, self._ctx.response_urls.peek(key), body)
        except SlackError as refusal:
            return f'{form["command"]} failed with the error "{refusal.error}"'
        return None

    def open_home(self, user: str) -> Json | None:
        """Open App Home: the app hears of it, and what it published last is shown meanwhile."""
        person = self.person(user)
        view = self._ctx.state.homes.get(person.id)
        if "app_home_opened" in self._ctx.config.events:
            channel = self._ctx.state.open_direct([person.id])
            body: Json = {
                "type": "app_home_opened",
                "user": person.id,
                "channel": channel.id,
                "tab": "home",
                "event_ts": self._ctx.state.next_ts(),
            }
            self._event(body | ({"view": view} if view else {}))
        return view

    async def verify_url(self) -> bool:
        """Slack's check of a request URL: the app must echo a challenge."""
        challenge = secrets.token_urlsafe(24)
        token = self._ctx.config.verification_token
        reply = await self._delivery.send(
            "event", {"type": "url_verification", "token": token, "challenge": challenge}
        )
        echoed = reply.body.get("challenge") if isinstance(reply.body, dict) else reply.body
        return bool(reply.ok and echoed == challenge)

    # places and people

    def person(self, user: str) -> Person:
        person = self._ctx.config.person(user)
        if person is None:
            raise NotPossibleError(f"There is no person {escape(user)} in this workspace.")
        return person

    def place(self, user: str, channel_id: str) -> tuple[Person, Channel]:
        """A person and a channel that they are in."""
        person = self.person(user)
        channel = self._ctx.state.find_channel(channel_id)
        if channel is None or (channel.is_private and user not in channel.members):
            raise NotPossibleError("There is no such channel.")
        if user not in channel.members:
            raise NotPossibleError(f"You are not in #{channel.name}.")
        return person, channel

    def top_view_id(self, user: str) -> str | None:
        stack = self._ctx.views.stack(user)
        return stack[-1]["id"] if stack else None

    def opened_view(self, user: str, before: str | None) -> Json | None:
        """The modal on top, if it was not there before."""
        stack = self._ctx.views.stack(user)
        return stack[-1] if stack and stack[-1]["id"] != before else None

    def _names(self, with_labels: bool) -> dict[str, str]:
        """`@name` and `#name` to references, with labels as in the text of a command."""
        config = self._ctx.config
        users = [(person.id, person.name) for person in config.people] + [(config.bot_user_id, config.bot_name)]
        names = {f"@{name.lower()}": f"<@{user}|{name}>" if with_labels else f"<@{user}>" for user, name in users}
        for group in config.user_groups:
            label = f"|@{group.handle}" if with_labels else ""
            names[f"@{group.handle.lower()}"] = f"<!subteam^{group.id}{label}>"
        for channel in self._ctx.state.channels.values():
            if not channel.is_direct:
                names[f"#{channel.name.lower()}"] = f"<#{channel.id}|{channel.name}>"
        return names | {f"@{word}": f"<!{word}>" for word in ("channel", "here", "everyone")}
