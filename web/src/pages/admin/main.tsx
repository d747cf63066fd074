import "./style.css";
import { onAttended } from "../../api/client";
import { start } from "../../ui/start";
import { Admin } from "./Admin";
import { attendance } from "./attended";

onAttended(attendance());
start(<Admin />);
