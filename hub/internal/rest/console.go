package rest

import (
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/fairlead/fairlead/shared/errs"
)

const noConsole = `<!doctype html><meta charset="utf-8"><title>Fairlead</title>
<p>This hub was built without its console. Build it with <code>make web</code> and build the hub again; the API is at <code>/api/v1</code>.</p>
`

// registerFiles serves the console: its files by name, and its page for every address that a person navigates to.
func (s *Server) registerFiles() {
	s.public("/*", func(c *fiber.Ctx) error {
		name := strings.TrimPrefix(path.Clean("/"+c.Path()), "/")
		if strings.HasPrefix(name, "api/") || name == "api" {
			return errs.New(errs.NotFound, "There is no such route.")
		}
		if name != "" && name != "index.html" && fs.ValidPath(name) {
			if content, err := fs.ReadFile(s.o.Console, name); err == nil {
				return sendFile(c, name, content)
			}
		}
		if !strings.Contains(c.Get(fiber.HeaderAccept), "text/html") {
			return errs.New(errs.NotFound, "There is no such file.")
		}
		c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
		page, err := fs.ReadFile(s.o.Console, "index.html")
		if err != nil {
			return c.Status(http.StatusOK).SendString(noConsole)
		}
		return c.Send(page)
	})
}

// sendFile lets browsers keep what has a hash in its name for ever.
func sendFile(c *fiber.Ctx, name string, content []byte) error {
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	c.Set(fiber.HeaderContentType, kind)
	if strings.HasPrefix(name, "assets/") {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	} else {
		c.Set(fiber.HeaderCacheControl, "no-cache")
	}
	return c.Send(content)
}
