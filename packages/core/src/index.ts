/** The public face of `@millrace/core`. */
export {};
