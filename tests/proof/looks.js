// What nobody can read or reach on the page that is open, as sentences. Everything that opens is open by then.

() => {
    document.getAnimations().forEach((each) => each.finish());
    const found = new Set();
    const styles = new Map();
    const styleOf = (element) => {
        if (!styles.has(element)) {
            styles.set(element, getComputedStyle(element));
        }
        return styles.get(element);
    };
    const said = (element) => {
        const id = element.id ? `#${element.id}` : "";
        const classes = typeof element.className === "string" && element.className ? `.${element.className.trim().replaceAll(/\s+/g, ".")}` : "";
        return `${element.tagName.toLowerCase()}${id}${classes}`;
    };
    const isForReadersAlone = (element) => {
        const box = element.getBoundingClientRect();
        // A skip link is above the page until it has the focus.
        const isAway = box.right <= 0 || box.bottom + scrollY <= 0;
        return isAway || box.width <= 1 || box.height <= 1 || element.tagName === "OPTION";
    };
    const isNamed = (element) => element.getAttribute("aria-label") || element.getAttribute("aria-labelledby");
    const isTyped = (element) => ["TEXTAREA", "INPUT", "SELECT"].includes(element.tagName);

    // Regions that scroll are reached by the keyboard, and say what they are.
    const scrolls = (element, axis) => {
        const size = axis === "X" ? "Width" : "Height";
        return ["auto", "scroll"].includes(styleOf(element)[`overflow${axis}`])
            && element[`scroll${size}`] > element[`client${size}`] + 1;
    };
    for (const element of document.body.querySelectorAll("*")) {
        if (!element.getClientRects().length || isTyped(element) || isForReadersAlone(element)) {
            continue;
        }
        // The options of a combobox scroll with the arrow keys of its input.
        if (element.querySelector(":scope > [role=listbox]")) {
            continue;
        }
        if ((scrolls(element, "X") || scrolls(element, "Y"))
            && (element.tabIndex < 0 || !element.hasAttribute("role") && element.tagName !== "NAV" || !isNamed(element))) {
            found.add(`scrolls without focus, role or name: ${said(element)}`);
        }
    }

    // Text that is cut, or broken letter by letter; fields as a whole.
    const width = document.documentElement.clientWidth;
    const cut = (element, box, what) => {
        for (let each = element; each && each !== document.documentElement; each = each.parentElement) {
            const overflow = styleOf(each).overflowX;
            if (isForReadersAlone(each)) {
                return;
            }
            const around = each.getBoundingClientRect();
            const isBeyond = box.right > around.right + 1 || box.left < around.left - 1;
            if (isBeyond && ["auto", "scroll"].includes(overflow) && each !== document.body) {
                return;
            }
            if (isBeyond && ["hidden", "clip"].includes(overflow) && each !== document.body) {
                found.add(`cut by ${said(each)}: ${what}`);
                return;
            }
            if (styleOf(each).position === "fixed") {
                break;
            }
        }
        if (box.right > width + 1 || box.left < -1) {
            found.add(`beyond the window: ${what}`);
        }
    };
    const range = document.createRange();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const headings = [];
    while (texts.nextNode()) {
        const text = texts.currentNode;
        const element = text.parentElement;
        if (!text.data.trim() || !element.getClientRects().length || ["SCRIPT", "STYLE", "OPTION", "TITLE", "DESC"].includes(element.tagName.toUpperCase()) || element.closest("svg")) {
            continue;
        }
        if (styleOf(element).visibility === "hidden" || isForReadersAlone(element) || isTyped(element)) {
            continue;
        }
        range.selectNodeContents(text);
        const boxes = [...range.getClientRects()].filter((box) => box.width > 1);
        if (element.matches("#content > h1, #content > h2, main h1")) {
            headings.push([element, boxes]);
        }
        for (const box of boxes) {
            cut(element, box, `${said(element)} “${text.data.trim().slice(0, 40)}”`);
        }
        if (boxes.length < 2) {
            continue;
        }
        for (const word of text.data.matchAll(/\S+/g)) {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const lines = new Set([...range.getClientRects()].filter((box) => box.width > 1).map((box) => Math.round(box.top)));
            if (lines.size > 1 && (word[0].length / lines.size < 3 || /^[\p{L}\d]{1,12}$/u.test(word[0]))) {
                found.add(`broken into ${lines.size} lines: ${said(element)} “${word[0]}”`);
            }
        }
    }
    for (const field of document.body.querySelectorAll("input:not([type=hidden]), select, textarea, button, img, canvas")) {
        const box = field.getBoundingClientRect();
        if (box.width > 1 && box.height > 1 && styleOf(field).visibility !== "hidden") {
            cut(field.parentElement, box, said(field));
        }
    }

    // A title under what stands around it.
    const open = document.querySelector("dialog[open]");
    const others = [...document.body.querySelectorAll("input:not([type=hidden]), select, button, a, summary, #header")];
    for (const [heading, boxes] of headings) {
        for (const other of others) {
            if (other.contains(heading) || heading.contains(other) || open?.contains(other)) {
                continue;
            }
            const place = other.getBoundingClientRect();
            if (place.width > 1 && boxes.some((box) => box.left < place.right - 1 && place.left < box.right - 1
                && box.top < place.bottom - 1 && place.top < box.bottom - 1)) {
                found.add(`the title lies under ${said(other)}`);
            }
        }
    }
    return [...found];
}
