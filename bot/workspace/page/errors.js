// Outcome codes in words for the person who acted.

const WORDS = {
  offline: "The workspace cannot be reached. What you typed is kept; try again in a moment.",
  bad_answer: "The workspace gave an answer that this page does not understand.",
  dispatch_failed: "The app could not be reached.",
  dispatch_unknown_error: "The app answered with an error.",
  operation_timeout: "The app did not answer within three seconds.",
  timeout: "The app did not answer within three seconds.",
  not_in_channel: "You are not in this channel.",
  channel_not_found: "This channel does not exist.",
  message_not_found: "This message no longer exists.",
  view_not_found: "This dialog is no longer open.",
  unknown_command: "There is no such command. Type / to see what there is.",
  msg_too_long: "This message is too long.",
  no_text: "There is nothing to send.",
};

/** One sentence for a code; a text that already is a sentence stays as it is. */
export function inWords(code, what) {
  if (!code) return what ? `${what} did not work.` : "That did not work.";
  if (WORDS[code]) return WORDS[code];
  if (/\s/.test(code)) return code;
  return what ? `${what} did not work: ${code}` : `That did not work: ${code}`;
}
