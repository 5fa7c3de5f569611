# frozen_string_literal: true

require "json"
require "rack"

app = lambda do |env|
  name = Rack::Request.new(env).params.fetch("name", "world")
  [200, { "content-type" => "application/json" }, [JSON.generate(hello: name)]]
end

run app
