// Exchanges a token for a session's cookie, which no script can read.
const form = document.querySelector("form");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = document.getElementById("said");
  said.textContent = "Asking…";
  try {
    const token = form.elements.token.value.trim();
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/api/v1/login", { method: "POST", headers, body: JSON.stringify({ token }) });
    if (answer.ok) {
      location.replace(form.dataset.to);
      return;
    }
    const problem = await answer.json();
    said.textContent = answer.status === 422 ? "Type the token first." : `${problem.detail} ${problem.remedy}`;
  } catch {
    said.textContent = "The daemon does not answer. Is this device still in its network?";
  }
  form.elements.token.focus();
});
