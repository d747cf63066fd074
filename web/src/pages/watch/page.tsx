import { start } from "../../ui/start";
import { Watch } from "./Watch";

start(<Watch />);
