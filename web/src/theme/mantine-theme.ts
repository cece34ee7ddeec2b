import {
  ActionIcon,
  Button,
  createTheme,
  Menu,
  Modal,
  PasswordInput,
  SegmentedControl,
  Textarea,
  TextInput,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from "@mantine/core";

/** The ten shades, by name: tokens.css is the only place with values. */
const accent = Array.from({ length: 10 }, (_, i) => `var(--fl-accent-${i})`) as unknown as MantineColorsTuple;

const field = { size: "sm" as const, inputWrapperOrder: ["label", "description", "input", "error"] as ("label" | "description" | "input" | "error")[] };

export const mantineTheme = createTheme({
  primaryColor: "accent",
  primaryShade: 7,
  colors: { accent },
  fontFamily: "var(--fl-font-ui)",
  fontFamilyMonospace: "var(--fl-font-mono)",
  fontSizes: { xs: "var(--fl-type-12)", sm: "var(--fl-type-13)", md: "var(--fl-type-14)", lg: "var(--fl-type-16)", xl: "var(--fl-type-20)" },
  lineHeights: { xs: "var(--fl-lh-12)", sm: "var(--fl-lh-13)", md: "var(--fl-lh-14)", lg: "var(--fl-lh-16)", xl: "var(--fl-lh-20)" },
  radius: { xs: "var(--fl-radius-1)", sm: "var(--fl-radius-2)", md: "var(--fl-radius-3)" },
  defaultRadius: "sm",
  spacing: { xs: "var(--fl-space-1)", sm: "var(--fl-space-2)", md: "var(--fl-space-3)", lg: "var(--fl-space-4)", xl: "var(--fl-space-6)" },
  focusRing: "never", // base.css draws it, for everything alike
  cursorType: "pointer",
  components: {
    Button: Button.extend({ defaultProps: { variant: "default", size: "sm" }, classNames: { root: "fl-button", section: "fl-button-section" } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", size: 28 }, classNames: { root: "iconbtn" } }),
    Menu: Menu.extend({
      defaultProps: { offset: 4, transitionProps: { duration: 90 } },
      classNames: { dropdown: "fl-menu", item: "fl-menu-item", label: "fl-menu-label", divider: "fl-menu-divider" },
    }),
    Modal: Modal.extend({
      defaultProps: { size: 456, transitionProps: { duration: 140, transition: "fade" }, padding: 0, overlayProps: { color: "var(--fl-scrim)", backgroundOpacity: 1 } },
      classNames: { content: "fl-dialog", header: "fl-dialog-header", title: "fl-dialog-title", close: "iconbtn", overlay: "fl-scrim" },
    }),
    PasswordInput: PasswordInput.extend({ defaultProps: field, classNames: { wrapper: "fl-field", input: "fl-input", label: "fl-label", error: "fl-field-error" } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: "sm", transitionDuration: 90 }, classNames: { root: "fl-seg", label: "fl-seg-label", indicator: "fl-seg-indicator" } }),
    TextInput: TextInput.extend({ defaultProps: field, classNames: { wrapper: "fl-field", input: "fl-input", label: "fl-label", description: "fl-field-hint", error: "fl-field-error" } }),
    Textarea: Textarea.extend({ defaultProps: field, classNames: { wrapper: "fl-field", input: "fl-input", label: "fl-label", description: "fl-field-hint", error: "fl-field-error" } }),
  },
});

/** Mantine's own names, led back to the tokens. Both themes get the same references; tokens.css changes what they mean. */
export const mantineVariables: CSSVariablesResolver = () => {
  const colours = {
    "--mantine-color-body": "var(--fl-surface)",
    "--mantine-color-text": "var(--fl-text)",
    "--mantine-color-dimmed": "var(--fl-text-3)",
    "--mantine-color-placeholder": "var(--fl-text-3)",
    "--mantine-color-anchor": "var(--fl-accent-text)",
    "--mantine-color-error": "var(--fl-crit-text)",
    "--mantine-color-default": "var(--fl-raised)",
    "--mantine-color-default-hover": "var(--fl-hover)",
    "--mantine-color-default-color": "var(--fl-text)",
    "--mantine-color-default-border": "var(--fl-line-strong)",
    "--mantine-color-disabled": "transparent",
    "--mantine-color-disabled-color": "var(--fl-text-3)",
    "--mantine-color-disabled-border": "var(--fl-line-strong)",
    "--mantine-color-accent-filled": "var(--fl-accent)",
    "--mantine-color-accent-filled-hover": "var(--fl-accent-hover)",
    "--mantine-primary-color-filled": "var(--fl-accent)",
    "--mantine-primary-color-filled-hover": "var(--fl-accent-hover)",
    "--mantine-primary-color-contrast": "var(--fl-on-accent)",
  };
  return { variables: {}, light: colours, dark: colours };
};
