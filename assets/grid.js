/* Cells of the table that draw a share as a bar. */
window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};

window.dashAgGridComponentFunctions.ShareBar = function ({ value }) {
  if (value === undefined || value === null) return null;
  const { createElement } = window.React;
  const width = `${100 * Math.min(1, Math.max(0, value))}%`;
  return createElement(
    "div",
    { className: "share" },
    createElement("span", { className: "fill", style: { width } }),
    createElement("span", { className: "number" }, value.toFixed(2))
  );
};
