/** Hides all of the page, with nothing that its scripts or observers see. */

const sheet = new CSSStyleSheet();
// What is open lies above the root, and what is painted behind it below: its opacity reaches
// neither. An element that is not visible would lose the focus, and one that is not displayed its
// place.
sheet.replaceSync(
  ":is(:root,:modal,:popover-open):not(.session440),::backdrop" +
    "{opacity:0!important;background:Canvas!important;transition:none!important}",
);

export let isDrawn = false;

/** @param {boolean} isToBe */
export const draw = (isToBe) => {
  if (isDrawn === isToBe) return;
  isDrawn = isToBe;
  wear(document, sheet, isDrawn);
};

/**
 * Have a document wear a style sheet, or no longer.
 * @param {Document} page
 * @param {CSSStyleSheet} sheet
 * @param {boolean} isOn
 */
export const wear = (page, sheet, isOn) => {
  const others = page.adoptedStyleSheets.filter((each) => each !== sheet);
  page.adoptedStyleSheets = isOn ? [...others, sheet] : others;
};
