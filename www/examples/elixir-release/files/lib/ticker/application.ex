defmodule Ticker.Application do
  use Application

  @impl true
  def start(_type, _args) do
    Supervisor.start_link([Ticker.Clock], strategy: :one_for_one, name: Ticker.Supervisor)
  end
end
