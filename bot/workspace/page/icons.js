// Line icons on a 20-unit grid, drawn for this page.
const PATHS = {
  hash: "M7.5 3.500 6 16.500M14 3.500 12.500 16.500M3.500 7.500h13.500M3 12.500h13.500",
  menu: "M3 5.500h14M3 10h14M3 14.500h14",
  close: "M5 5l10 10M15 5 5 15",
  reply: "M4 4.500h12v8.500H9.500L6 16v-3H4z",
  link: "M8.500 11.500a3 3 0 0 0 4.300 0l2.700-2.700a3 3 0 0 0-4.300-4.300L10 5.700M11.500 8.500a3 3 0 0 0-4.300 0l-2.700 2.700a3 3 0 0 0 4.300 4.300L10 14.300",
  eye: "M2.500 10S5.200 5 10 5s7.500 5 7.500 5-2.700 5-7.500 5-7.500-5-7.500-5zM10 12.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400z",
  play: "M6.500 4.500v11l9-5.500z",
  pause: "M7 4.500v11M13 4.500v11",
  sun: "M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10 2v1.700M10 16.300V18M2 10h1.700M16.300 10H18M4.300 4.300l1.200 1.200M14.500 14.500l1.200 1.200M15.700 4.300l-1.200 1.200M5.500 14.500l-1.200 1.200",
  moon: "M16 11.800A6.500 6.500 0 0 1 8.200 4a6.500 6.500 0 1 0 7.800 7.800z",
  search: "M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM13.200 13.200 17 17",
  send: "M3.500 10 16.500 4l-4 12.500-3-5z",
  down: "M5.500 8l4.500 4.500L14.500 8",
  arrowDown: "M10 4v12M5 11l5 5 5-5",
  back: "M12 5l-5 5 5 5",
  check: "M4.500 10.500l3.500 3.500 7.500-8",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  home: "M3.500 9.500 10 4l6.500 5.500v6.500h-4.500v-4H8v4H3.500z",
  file: "M5.500 3h6l3.500 3.500V17h-9.500zM11.500 3v3.500H15",
  alert: "M10 3.500 17.500 16.500h-15zM10 8.500v3.500M10 14.300v.01",
  story: "M4 5.500l1.200 1.200L7.500 4.500M4 10.500l1.200 1.200 2.300-2.200M10.500 6h6M10.500 11h6M10.500 15.500h6M4 15.500h2.500",
  hourglass: "M6 3.500h8M6 16.500h8M7 3.500c0 4 6 4.500 6 6.500s-6 2.500-6 6.500M13 3.500c0 4-6 4.500-6 6.500s6 2.500 6 6.500",
};

const NS = "http://www.w3.org/2000/svg";

/** A decorative icon; the name of the control says what it does. */
export function icon(name, size = 18) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(NS, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
