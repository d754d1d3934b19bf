/**
 * The only script, and every page does without: it counts a token's life down, draws what happens while the page is
 * open, and takes the page away when its login ends.
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

const main = document.querySelector('main[data-after]')
const news = document.querySelector('#news')
const steps = document.querySelector('#steps')
const scroll = steps && steps.parentElement
const toEnd = () => scroll && scroll.scrollTo(0, scroll.scrollHeight)
toEnd()

const parsed = html => {
  const template = document.createElement('template')
  template.innerHTML = html
  return template.content.firstElementChild
}

function draw({ data }) {
  const row = parsed(data)
  if (!steps) {
    if (row.classList.contains('event')) news.hidden = false
    return
  }
  const there = document.getElementById(row.id)
  if (there) there.replaceWith(row)
  else {
    row.classList.add('new')
    steps.append(row)
    toEnd()
  }
}

function turn({ data }) {
  if (!main.dataset.as) return
  main.dataset.as = ''
  document.body.classList.remove('due')
  main.replaceChildren(parsed(data))
  main.querySelector('h2').focus()
  document.title = main.querySelector('h2').textContent
}

let live
function listen() {
  live = new EventSource('/live?after=' + main.dataset.after + '&as=' + main.dataset.as)
  live.addEventListener('step', draw)
  live.addEventListener('ended', turn)
  live.addEventListener('error', () => live.readyState === EventSource.CLOSED && setTimeout(listen, 3000))
}
// A browser opens six connections to a server at most: a page that is out of sight gives its own back.
if (main) {
  listen()
  document.addEventListener('visibilitychange', () => {
    live.close()
    if (!document.hidden) listen()
  })
}

for (const form of document.querySelectorAll('.bar form, #clear')) {
  form.addEventListener('submit', async event => {
    event.preventDefault()
    const button = event.submitter
    button.disabled = true
    const answer = await fetch(form.action, { method: 'POST', redirect: 'manual' }).catch(() => undefined)
    button.disabled = false
    if (answer && answer.status >= 400) location.reload()
    const pressed = button.getAttribute('aria-pressed')
    if (pressed) button.setAttribute('aria-pressed', pressed === 'true' ? 'false' : 'true')
    if (form.id === 'clear') steps.replaceChildren()
  })
}
`
