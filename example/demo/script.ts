/**
 * The only script, and every page does without: it counts a token's life down, and says when something has
 * happened since the page was made. It reloads nothing by itself.
 */
export const script = `
for (const clock of document.querySelectorAll('[data-seconds]')) {
  const end = Date.now() + 1000 * clock.dataset.seconds
  const bar = document.querySelector('progress')
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
    clock.textContent = left
    if (bar) bar.value = left
    document.body.classList.toggle('due', left === 0)
  }
  tick()
  setInterval(tick, 500)
}

const news = document.querySelector('#news')
async function look() {
  const response = await fetch('/events/count').catch(() => undefined)
  if (response && response.ok && (await response.text()) !== news.dataset.count) news.hidden = false
}
if (news) setInterval(() => document.hidden || look(), 2000)
`
