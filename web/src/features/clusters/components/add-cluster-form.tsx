import { Button, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Schemas } from "../../../api/client";
import { ApiError } from "../../../api/problem";
import { useI18n } from "../../../i18n/i18n-context";
import { ErrorNotice } from "../../../shared/error-notice";
import { createLines } from "../cli-lines";
import { parseLabels } from "../cluster-view";
import { SameBy } from "./same-by";

const nameForm = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Name, description and labels of a new cluster. */
export function AddClusterForm(props: { busy: boolean; error: Error | null; onSubmit: (cluster: Schemas["CreateCluster"]) => void }) {
  const { t } = useI18n();
  const [name, setName] = useState("");
  const [tenant, setTenant] = useState("");
  const [description, setDescription] = useState("");
  const [labelText, setLabelText] = useState("");
  const [tried, setTried] = useState(false);
  const parsed = parseLabels(labelText);
  const labels = "labels" in parsed ? parsed.labels : {};
  const body: Schemas["CreateCluster"] = {
    name,
    ...(tenant && { tenant }),
    ...(description && { description }),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
  const serverMessage = (field: string) => (props.error instanceof ApiError ? props.error.fieldMessage(field) : undefined);
  const nameWrong = nameForm.test(name) ? undefined : t("field.nameWrong");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (nameWrong) event.currentTarget.querySelector("input")?.focus();
    else if (!("wrong" in parsed) && !props.busy) props.onSubmit(body);
  };
  return (
    <form className="add-form" onSubmit={submit} noValidate>
      <h2 className="h2">{t("add.nameTitle")}</h2>
      <TextInput
        label={t("field.name")}
        description={t("field.nameHint")}
        placeholder="acme-prod"
        value={name}
        maxLength={63}
        autoFocus
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
        error={(tried && nameWrong) || serverMessage("name")}
      />
      <TextInput
        label={<>{t("field.tenant")} <span className="optional">{t("optional")}</span></>}
        description={t("field.tenantHint")}
        placeholder="default"
        value={tenant}
        maxLength={63}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => {
          setTenant(event.currentTarget.value);
        }}
        error={serverMessage("tenant")}
      />
      <TextInput
        label={<>{t("field.description")} <span className="optional">{t("optional")}</span></>}
        value={description}
        maxLength={1024}
        autoComplete="off"
        onChange={(event) => {
          setDescription(event.currentTarget.value);
        }}
        error={serverMessage("description")}
      />
      <Textarea
        label={<>{t("field.labels")} <span className="optional">{t("optional")}</span></>}
        description={t("field.labelsHint")}
        placeholder={"env=prod\nteam=web"}
        value={labelText}
        rows={3}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setLabelText(event.currentTarget.value);
        }}
        error={"wrong" in parsed ? t("field.labelsWrong", { wrong: parsed.wrong }) : serverMessage("labels")}
      />
      <SameBy lines={createLines(body)} />
      {props.error && <ErrorNotice error={props.error} title={t("add.failed")} />}
      <div className="row">
        <Button type="submit" data-size="md" variant="filled" className="end" aria-disabled={props.busy}>
          {props.busy ? t("working") : name ? t("add.submitNamed", { name }) : t("add.submit")}
        </Button>
      </div>
    </form>
  );
}
