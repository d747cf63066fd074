import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./Button";
import { chooseTheme, chosenTheme, type Theme } from "./theme";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICONS = { system: Monitor, light: Sun, dark: Moon };

/** Goes from the system's theme to light to dark. */
export function ThemeButton() {
  const [theme, setTheme] = useState(chosenTheme);
  const Icon = ICONS[theme];
  return (
    <IconButton
      label={`Theme: ${theme}`}
      onClick={() => {
        chooseTheme(NEXT[theme]);
        setTheme(NEXT[theme]);
      }}
    >
      <Icon size={18} aria-hidden />
    </IconButton>
  );
}
