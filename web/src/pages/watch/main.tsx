import "./style.css";
import Hls from "hls.js";
import { start } from "../../ui/start";

start(<main className="p-8">{String(Hls.isSupported())}</main>);
