// The palette: the search of the header, answered while one types. Without this script the header's form does it.

const dialog = document.getElementById("palette");
const opener = document.getElementById("palette-opener");
const form = dialog.querySelector("form");
const box = dialog.querySelector("[role=combobox]");
const found = dialog.querySelector(".found");
const PAUSE = 150; // milliseconds without a key before anything is asked

let timer;
let asking;
let chosen = -1;

const options = () => [...found.querySelectorAll("[role=option]")];

function choose(index) {
    const all = options();
    chosen = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === chosen)));
    if (chosen < 0) {
        box.removeAttribute("aria-activedescendant");
        return;
    }
    box.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({block: "nearest"});
    if (chosen === 0) {
        found.scrollTop = 0; // with the heading above it
    }
}

function show(html) {
    found.innerHTML = html;
    box.setAttribute("aria-expanded", String(options().length > 0));
    choose(-1);
    if (options().length) {
        choose(0);
    }
}

async function ask() {
    const words = box.value.trim();
    asking?.abort();
    if (!words) {
        show("");
        return;
    }
    asking = new AbortController();
    try {
        const query = new URLSearchParams({q: words, palette: "1"});
        const answer = await fetch(`${form.action}?${query}`, {signal: asking.signal});
        // Sent to the door: the session has ended. The page itself says so.
        if (answer.redirected) {
            window.location.assign(`${form.action}?${new URLSearchParams({q: words})}`);
        } else {
            show(answer.ok ? await answer.text() : "");
        }
    } catch (error) {
        if (error.name !== "AbortError") {
            show("");
        }
    }
}

function toggle() {
    if (dialog.open) {
        dialog.close();
    } else {
        dialog.showModal();
        box.select();
    }
}

document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        toggle();
    }
});

box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
});

box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose(chosen < 0 ? 0 : chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && chosen >= 0) {
        event.preventDefault();
        options()[chosen].click();
    }
});

// A click beside the dialog's content closes it.
dialog.addEventListener("click", (event) => {
    if (event.target === dialog) {
        dialog.close();
    }
});

opener.addEventListener("click", toggle);
opener.hidden = false;
