import "./style.css";
import { start } from "../../ui/start";
import { Landing } from "./Landing";

start(<Landing />);
