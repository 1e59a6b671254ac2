// Light and dark: the system's choice, until the visitor makes one.
import { h, replace } from "./dom.js";
import { icon } from "./icons.js";

const system = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

export function themeToggle() {
  const button = h("button", { type: "button", class: "icon-button", testid: "theme-toggle", on: { click: toggle } });
  const draw = () => {
    const label = isDark() ? "Light theme" : "Dark theme";
    button.title = label;
    button.setAttribute("aria-label", label);
    replace(button, icon(isDark() ? "sun" : "moon"));
  };
  function toggle() {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("workspace.theme", theme);
    } catch (error) {
      console.info("The theme is not kept: storage is not allowed here.");
    }
    draw();
  }
  system.addEventListener("change", draw);
  draw();
  return button;
}
