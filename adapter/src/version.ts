/** The version of the adapter. A test compares it with package.json. */
export const ADAPTER_VERSION = "0.1.0";
