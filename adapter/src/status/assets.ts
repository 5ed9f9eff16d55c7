/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

/** The page's files by their paths, put in by bundle.mjs, so that the adapter stays one file. */
declare const STATUS_PAGE: Readonly<Record<string, Asset>> | undefined;

/** Empty where the adapter runs from its sources. */
export const assets: Readonly<Record<string, Asset>> = typeof STATUS_PAGE === "undefined" ? {} : STATUS_PAGE;
