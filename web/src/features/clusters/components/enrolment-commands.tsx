import { Button } from "@mantine/core";
import { useState } from "react";
import { useI18n } from "../../../i18n/i18n-context";
import { CopyButton } from "../../../shared/copy-button";
import { Icon } from "../../../shared/icon";
import { useNow } from "../../../shared/use-now";
import type { Enrolment } from "../api/cluster-queries";

/** Breaks a long command before its flags, as a person would write it. Quoted parts stay whole. */
export function breakFlags(command: string): string {
  if (command.length < 100) return command;
  return command.replace(/ (?=--[a-z])(?=(?:[^']*'[^']*')*[^']*$)/g, " \\\n    ");
}

/** Colours the flags of a command. */
function Command(props: { text: string }) {
  return props.text.split(/(?<=\s)(--?[a-z][\w-]*)/).map((part, i) =>
    i % 2 === 1 ? (
      // The parts of one text never change places.
      <span className="f" key={i}>
        {part}
      </span>
    ) : (
      part
    ),
  );
}

/** The lines that install the agent. The token is hidden on the screen and whole in what is copied. */
export function EnrolmentCommands(props: { enrolment: Enrolment; level?: "h2" | "h3" }) {
  const { t, formats } = useI18n();
  const [shown, setShown] = useState(false);
  const now = useNow(1000);
  const { enrolment } = props;
  const commands = enrolment.commands ?? [];
  const left = Date.parse(enrolment.expiresAt) - now;
  const token = enrolment.token;
  const masked = `${token.slice(0, 6)}••••••••••••${token.slice(-2)}`;
  const shownText = (command: string) => breakFlags(shown || !token ? command : command.replaceAll(token, masked));
  const Title = props.level ?? "h2";
  return (
    <section className="enrolment">
      <div className="row wrap">
        <Title className="h2">{t("enrol.run")}</Title>
        {left > 0 ? (
          <span className="age end t2">
            <Icon name="clock" />
            <span>
              {t("enrol.left")} <span className="tn m">{formats.countdown(left)}</span>
            </span>
          </span>
        ) : (
          <span className="st warn end">
            <Icon name="warn" />
            {t("enrol.over")}
          </span>
        )}
      </div>
      <p className="t2">{t("enrol.hint")}</p>
      <div className="row enrol-acts">
        <Button
          variant="subtle"
          className="end"
          aria-pressed={shown}
          leftSection={<Icon name="eye" />}
          onClick={() => {
            setShown(!shown);
          }}
        >
          {shown ? t("enrol.hide") : t("enrol.show")}
        </Button>
        <CopyButton value={commands.join("\n")} label={commands.length > 1 ? t("enrol.copyAll", { n: commands.length }) : t("copy")} />
      </div>
      <ol className="enrol-commands">
        {commands.map((command) => (
          <li key={command}>
            <pre className="code" tabIndex={0}>
              <span className="c">$ </span>
              <Command text={shownText(command)} />
              <CopyButton value={command} />
            </pre>
          </li>
        ))}
      </ol>
    </section>
  );
}
