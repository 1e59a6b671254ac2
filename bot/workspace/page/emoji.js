// The shortcodes that ops messages use, as Unicode.

const TABLE = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|ok_hand 👌|wave 👋|clap 👏|pray 🙏|raised_hands 🙌|muscle 💪|eyes 👀
point_right 👉|point_left 👈|point_up ☝️|point_down 👇|handshake 🤝|writing_hand ✍️|smile 😄|smiley 😃
grinning 😀|slightly_smiling_face 🙂|wink 😉|joy 😂|sweat_smile 😅|thinking_face 🤔|sob 😭|cry 😢|scream 😱
sunglasses 😎|heart ❤️|sparkles ✨|star ⭐|tada 🎉|fire 🔥|rocket 🚀|zap ⚡|boom 💥|warning ⚠️
rotating_light 🚨|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|stop_sign 🛑|white_check_mark ✅
heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|question ❓
exclamation ❗|grey_question ❔|bangbang ‼️|information_source ℹ️|red_circle 🔴|large_red_circle 🔴
large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|blue_circle 🔵
large_purple_circle 🟣|white_circle ⚪|black_circle ⚫|large_green_square 🟩|large_yellow_square 🟨
large_orange_square 🟧|large_red_square 🟥|large_blue_square 🟦|white_large_square ⬜
black_large_square ⬛|small_red_triangle 🔺|small_red_triangle_down 🔻|large_blue_diamond 🔷
large_orange_diamond 🔶|small_blue_diamond 🔹|small_orange_diamond 🔸|arrow_up ⬆️|arrow_down ⬇️
arrow_left ⬅️|arrow_right ➡️|arrow_upper_right ↗️|arrow_lower_right ↘️|leftwards_arrow_with_hook ↩️
arrow_right_hook ↪️|arrows_counterclockwise 🔄|arrows_clockwise 🔃|rewind ⏪|fast_forward ⏩|back 🔙
repeat 🔁|twisted_rightwards_arrows 🔀|bell 🔔|no_bell 🔕|mute 🔇|loud_sound 🔊|speaker 🔈|mega 📣
loudspeaker 📢|speech_balloon 💬|thought_balloon 💭|mailbox 📫|inbox_tray 📥|outbox_tray 📤|email ✉️
envelope ✉️|memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|bookmark 🔖|bookmark_tabs 📑|page_facing_up 📄
newspaper 📰|books 📚|book 📖|notebook 📓|ledger 📒|label 🏷️|pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗
lock 🔒|unlock 🔓|key 🔑|mag 🔍|mag_right 🔎|bar_chart 📊|chart_with_upwards_trend 📈
chart_with_downwards_trend 📉|calendar 📆|date 📅|spiral_calendar_pad 🗓️|clock1 🕐|clock3 🕒|clock9 🕘
alarm_clock ⏰|stopwatch ⏱️|timer_clock ⏲️|hourglass ⌛|hourglass_flowing_sand ⏳|watch ⌚|wrench 🔧
hammer 🔨|hammer_and_wrench 🛠️|tools 🛠️|gear ⚙️|nut_and_bolt 🔩|toolbox 🧰|test_tube 🧪|microscope 🔬
telescope 🔭|scales ⚖️|balance_scale ⚖️|bulb 💡|electric_plug 🔌|battery 🔋|computer 💻
desktop_computer 🖥️|satellite 🛰️|satellite_antenna 📡|floppy_disk 💾|cd 💿|package 📦|robot_face 🤖
robot 🤖|bug 🐛|beetle 🐞|ant 🐜|snail 🐌|turtle 🐢|bear 🐻|goat 🐐|crown 👑|trophy 🏆|medal 🏅
checkered_flag 🏁|triangular_flag_on_post 🚩|white_flag 🏳️|dart 🎯|game_die 🎲|ghost 👻|skull 💀
ambulance 🚑|fire_engine 🚒|fire_extinguisher 🧯|helmet_with_white_cross ⛑️|pager 📟
telephone_receiver 📞|phone ☎️|iphone 📱|shield 🛡️|construction 🚧|vertical_traffic_light 🚦|ship 🚢
airplane ✈️|small_airplane 🛩️|airplane_departure 🛫|airplane_arriving 🛬|snowflake ❄️|cloud ☁️
sunny ☀️|umbrella ☔|rain_cloud 🌧️|snow_cloud 🌨️|thunder_cloud_and_rain ⛈️|tornado 🌪️|ocean 🌊
rainbow 🌈|zzz 💤|new 🆕|ok 🆗|up 🆙|sos 🆘|1234 🔢|one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣
seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟|zero 0️⃣|bowl_with_spoon 🥣|coffee ☕|bust_in_silhouette 👤
busts_in_silhouette 👥|man-shrugging 🤷‍♂️|shrug 🤷|facepalm 🤦|detective 🕵️|firefighter 🧑‍🚒|seedling 🌱
leaves 🍃|hatching_chick 🐣|canary 🐤|baby_chick 🐤|wastebasket 🗑️|card_index_dividers 🗂️|file_folder 📁
open_file_folder 📂|jigsaw 🧩|bricks 🧱|magnet 🧲|control_knobs 🎛️|level_slider 🎚️|thermometer 🌡️
compass 🧭|world_map 🗺️|door 🚪|bed 🛏️|moneybag 💰|dollar 💵|heavy_plus_sign ➕|heavy_minus_sign ➖
heavy_multiplication_x ✖️|infinity ♾️|recycle ♻️|no_good 🙅|raising_hand 🙋|runner 🏃|parrot 🦜
`;

const EMOJI = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((entry) => entry.split(" ")),
);

/** The character of a shortcode without its colons, or null. */
export function emoji(name) {
  return EMOJI.get(name) ?? null;
}
