import "./style.css";
import { begin } from "./begun";

// The viewer is registered, the page drawn and the player loaded at the same time: none waits for another.
begin();
import("../../player/engine");
import("./page");
