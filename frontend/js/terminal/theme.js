// Colours from the page's tokens, read once per theme because the terminal needs values and not variables. `--term-*` may
// override each of them.

const ANSI = {
  light: ["#2b303b", "#b3261e", "#18753c", "#8f5400", "#1b5fd0", "#8b3d88", "#0a6a94", "#626b7a", "#464e5c", "#c4352c", "#1e7d47", "#b26b00", "#2d68d8", "#a04f9d", "#0b7a80", "#171a21"],
  dark: ["#3d4653", "#ff8a80", "#56c184", "#e5b04a", "#7fb0ff", "#d6a0d4", "#5bb8e3", "#b0b8c5", "#667082", "#ffaaa2", "#7ccb98", "#f0c66f", "#a5c8ff", "#e3bde1", "#8ad0ef", "#e4e8ee"],
};
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** The theme of `element` as it looks now. */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const token = (name, fallback) => style.getPropertyValue(`--term-${name}`).trim() || style.getPropertyValue(`--${fallback}`).trim();
  const ansi = style.colorScheme.includes("dark") ? ANSI.dark : ANSI.light;
  const theme = {
    background: token("background", "panel"),
    foreground: token("foreground", "ink"),
    cursor: token("cursor", "ink"),
    cursorAccent: token("background", "panel"),
    selectionBackground: token("selection", "accent-line"),
  };
  NAMES.forEach((name, index) => {
    theme[name] = ansi[index];
    theme[`bright${name[0].toUpperCase()}${name.slice(1)}`] = ansi[index + 8];
  });
  for (const name of Object.keys(theme)) {
    if (!theme[name]) {
      delete theme[name];
    }
  }
  return theme;
}
