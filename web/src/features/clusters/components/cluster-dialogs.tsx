import { Modal, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { ApiError } from "../../../api/problem";
import { useI18n } from "../../../i18n/i18n-context";
import { useCreateEnrolment, useDeleteCluster, useRevokeCluster, useUpdateCluster, type Cluster } from "../api/cluster-queries";
import { deleteLines, enrolLines, labelLines, renameLines, revokeLines } from "../cli-lines";
import { formatLabels, parseLabels } from "../cluster-view";
import { ActionDialog } from "./action-dialog";
import { EnrolmentCommands } from "./enrolment-commands";

export type ClusterAction = "rename" | "labels" | "token" | "revoke" | "delete";

interface DialogProps {
  cluster: Cluster;
  onClose: () => void;
}

const messageOf = (error: Error | null, field: string) => (error instanceof ApiError ? error.fieldMessage(field) : undefined);

function RenameDialog({ cluster, onClose }: DialogProps) {
  const { t } = useI18n();
  const update = useUpdateCluster(cluster.id);
  const [name, setName] = useState(cluster.name);
  return (
    <ActionDialog
      cluster={cluster}
      title={t("rename.title", { name: cluster.name })}
      effect={t("rename.effect")}
      action={t("rename.action", { name: cluster.name })}
      disabled={!name || name === cluster.name}
      busy={update.isPending}
      error={update.error}
      lines={renameLines(cluster, name === cluster.name ? "" : name)}
      onAct={() => {
        update.mutate({ name }, { onSuccess: onClose });
      }}
      onClose={onClose}
    >
      <TextInput
        label={t("field.name")}
        description={t("field.nameHint")}
        value={name}
        maxLength={63}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
        error={messageOf(update.error, "name")}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
    </ActionDialog>
  );
}

function LabelsDialog({ cluster, onClose }: DialogProps) {
  const { t } = useI18n();
  const update = useUpdateCluster(cluster.id);
  const [text, setText] = useState(formatLabels(cluster.labels));
  const parsed = parseLabels(text);
  const labels = "labels" in parsed ? parsed.labels : cluster.labels;
  return (
    <ActionDialog
      cluster={cluster}
      title={t("labels.title", { name: cluster.name })}
      effect={t("labels.effect")}
      action={t("labels.action", { name: cluster.name })}
      disabled={"wrong" in parsed}
      busy={update.isPending}
      error={update.error}
      lines={labelLines(cluster, labels)}
      onAct={() => {
        update.mutate({ labels }, { onSuccess: onClose });
      }}
      onClose={onClose}
    >
      <Textarea
        label={t("field.labels")}
        description={t("field.labelsHint")}
        value={text}
        rows={4}
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
        error={"wrong" in parsed ? t("field.labelsWrong", { wrong: parsed.wrong }) : messageOf(update.error, "labels")}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
    </ActionDialog>
  );
}

function TokenDialog({ cluster, onClose }: DialogProps) {
  const { t } = useI18n();
  const create = useCreateEnrolment(cluster.id);
  if (create.data) {
    return (
      <Modal opened onClose={onClose} size={720} title={t("token.made", { name: cluster.name })} closeButtonProps={{ "aria-label": t("close") }}>
        <div className="dlb">
          <EnrolmentCommands enrolment={create.data} />
        </div>
      </Modal>
    );
  }
  return (
    <ActionDialog
      cluster={cluster}
      title={t("token.title", { name: cluster.name })}
      effect={t("token.effect")}
      action={t("token.action", { name: cluster.name })}
      busy={create.isPending}
      error={create.error}
      lines={enrolLines(cluster)}
      onAct={() => {
        create.mutate();
      }}
      onClose={onClose}
    />
  );
}

function RevokeDialog({ cluster, onClose }: DialogProps) {
  const { t } = useI18n();
  const revoke = useRevokeCluster(cluster.id);
  return (
    <ActionDialog
      cluster={cluster}
      title={t("revoke.title", { name: cluster.name })}
      effect={t("revoke.effect")}
      action={t("revoke.action", { name: cluster.name })}
      danger
      askName
      busy={revoke.isPending}
      error={revoke.error}
      lines={revokeLines(cluster)}
      onAct={() => {
        revoke.mutate(undefined, { onSuccess: onClose });
      }}
      onClose={onClose}
    />
  );
}

function DeleteDialog({ cluster, onClose, onDeleted }: DialogProps & { onDeleted: () => void }) {
  const { t } = useI18n();
  const remove = useDeleteCluster(cluster.id);
  return (
    <ActionDialog
      cluster={cluster}
      title={t("delete.title", { name: cluster.name })}
      effect={t("delete.effect")}
      action={t("delete.action", { name: cluster.name })}
      danger
      askName
      busy={remove.isPending}
      error={remove.error}
      lines={deleteLines(cluster)}
      onAct={() => {
        remove.mutate(undefined, { onSuccess: onDeleted });
      }}
      onClose={onClose}
    />
  );
}

/** The dialog of an action on a cluster. */
export function ClusterDialog(props: DialogProps & { action: ClusterAction; onDeleted: () => void }) {
  switch (props.action) {
    case "rename":
      return <RenameDialog {...props} />;
    case "labels":
      return <LabelsDialog {...props} />;
    case "token":
      return <TokenDialog {...props} />;
    case "revoke":
      return <RevokeDialog {...props} />;
    case "delete":
      return <DeleteDialog {...props} />;
  }
}
