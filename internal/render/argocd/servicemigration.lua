-- How Argo CD judges a ServiceMigration: Healthy when the name leads where spec.goal
-- wants it, Progressing while it crosses, Suspended while it waits for a person or is
-- paused, Degraded when it can't go on, or when ECS comes back into a migrated name.
local health = {}

if obj.status == nil or obj.status.conditions == nil then
  health.status = "Progressing"
  health.message = "the controller has not seen it yet"
  return health
end

if obj.status.observedGeneration ~= nil and obj.metadata.generation ~= nil
    and obj.status.observedGeneration < obj.metadata.generation then
  health.status = "Progressing"
  health.message = "the controller has not seen the change yet"
  return health
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end

local function is(kind)
  return conditions[kind] ~= nil and conditions[kind].status == "True"
end

local function message(kind)
  local text = obj.status.phase or ""
  if obj.status.waiting ~= nil and obj.status.waiting.text ~= nil and obj.status.waiting.text ~= "" then
    text = text .. ": " .. obj.status.waiting.text
  elseif conditions[kind] ~= nil and conditions[kind].message ~= nil and conditions[kind].message ~= "" then
    text = text .. ": " .. conditions[kind].message
  end
  return text
end

if is("Stalled") then
  local reason = conditions["Stalled"].reason
  if reason == "NeedsDecision" or reason == "Paused" then
    health.status = "Suspended"
  else
    health.status = "Degraded"
  end
  health.message = message("Stalled")
  return health
end

if is("Ready") then
  if is("SourceReturned") and obj.spec.goal ~= "Source" then
    health.status = "Degraded"
    health.message = "an ECS task is in the name again: " .. (conditions["SourceReturned"].message or "")
    return health
  end
  health.status = "Healthy"
  health.message = message("Ready")
  return health
end

if is("Reconciling") then
  health.status = "Progressing"
  health.message = message("Reconciling")
  return health
end

-- Neither goes it on, nor is anything wrong: somebody paused it.
health.status = "Suspended"
health.message = message("Reconciling")
return health
