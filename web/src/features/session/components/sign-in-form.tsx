import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useRef, useState, type FormEvent } from "react";
import type { Schemas } from "../../../api/client";
import { ApiError } from "../../../api/problem";
import { useI18n } from "../../../i18n/i18n-context";
import { ErrorNotice } from "../../../shared/error-notice";
import { Icon } from "../../../shared/icon";

type Credentials = Pick<Schemas["SignIn"], "email" | "password">;

/** E-mail and password. Names and autocomplete are what password managers look for; nothing is kept in the page after sending. */
export function SignInForm(props: { onSubmit: (credentials: Credentials) => void; busy: boolean; error: Error | null }) {
  const { t } = useI18n();
  const form = useRef<HTMLFormElement>(null);
  const [missing, setMissing] = useState<{ email?: string; password?: string }>({});
  const [caps, setCaps] = useState(false);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (props.busy) return;
    const data = new FormData(event.currentTarget);
    const email = String(data.get("email") ?? "").trim();
    const password = String(data.get("password") ?? "");
    const wrong = {
      ...(/^\S+@\S+$/.test(email) ? {} : { email: t("signIn.emailMissing") }),
      ...(password ? {} : { password: t("signIn.passwordMissing") }),
    };
    setMissing(wrong);
    const first = "email" in wrong ? "email" : "password" in wrong ? "password" : null;
    if (first) {
      event.currentTarget.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
      return;
    }
    props.onSubmit({ email, password });
  };
  const field = (name: string) => (props.error instanceof ApiError ? props.error.fieldMessage(name) : undefined);

  return (
    <form ref={form} className="signin-form" onSubmit={submit} noValidate aria-label={t("signIn.title")}>
      {props.error && <ErrorNotice error={props.error} />}
      <TextInput
        label={t("signIn.email")}
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={254}
        autoFocus
        error={missing.email ?? field("email")}
      />
      <div>
        <PasswordInput
          label={t("signIn.password")}
          name="password"
          autoComplete="current-password"
          maxLength={1024}
          error={missing.password ?? field("password")}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword"), tabIndex: 0 }}
          onKeyUp={(event) => {
            setCaps(event.getModifierState("CapsLock"));
          }}
          onBlur={() => {
            setCaps(false);
          }}
        />
        <p className="signin-caps st warn s12" role="status">
          {caps && (
            <>
              <Icon name="warn" />
              {t("signIn.capsLock")}
            </>
          )}
        </p>
      </div>
      <Button type="submit" variant="filled" data-size="md" fullWidth aria-disabled={props.busy}>
        {props.busy ? t("signIn.busy") : t("signIn.submit")}
      </Button>
    </form>
  );
}
