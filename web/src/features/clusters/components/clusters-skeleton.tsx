import { useI18n } from "../../../i18n/i18n-context";
import { columns } from "./columns";

const rows = [148, 112, 176, 132, 96, 160];

/** The shape of the real columns, until the first answer. */
export function ClustersSkeleton() {
  const { t } = useI18n();
  return (
    <div className="grid" role="status" aria-label={t("clusters.loading")}>
      <table className="fleet" aria-hidden="true">
        <colgroup>
          {columns.map((c) => (
            <col key={c.key} className={`c-${c.key}`} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map((c) => (
              <th key={c.key} className={`c-${c.key} ${c.num ? "num" : ""}`}>
                <span className="head-word">{t(`column.${c.key}`)}</span>
                {c.unit && <span className="unit">, {c.unit}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((width) => (
            <tr key={width}>
              {columns.map((c) => (
                <td key={c.key} className={`c-${c.key} ${c.num ? "num" : ""}`}>
                  <span className="sk" style={{ width: c.key === "name" ? width : c.skeleton }} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
