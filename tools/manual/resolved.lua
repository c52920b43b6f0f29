--- "docs/manual/a.md" and "../b.md" make "docs/b.md": the path to which a link on a page leads.
return function(from, link)
  local path = (from:match "^.*/" or "") .. link
  local shorter
  repeat
    shorter, path = path, path:gsub("[^/]+/%.%./", "", 1)
  until shorter == path
  return path
end
