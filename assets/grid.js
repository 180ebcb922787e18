/* Cells of the table that draw a share as a bar. */
window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};

window.dashAgGridComponentFunctions.ShareBar = function ({ value }) {
  if (value === undefined || value === null) return null;
  const style = { "--learned": `${100 * value}%` };
  return window.React.createElement("div", { className: "share", style }, value.toFixed(2));
};
