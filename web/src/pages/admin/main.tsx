import "./style.css";
import { start } from "../../ui/start";
import { Admin } from "./Admin";

start(<Admin />);
