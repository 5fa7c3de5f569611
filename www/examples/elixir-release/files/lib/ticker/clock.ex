defmodule Ticker.Clock do
  use GenServer
  require Logger

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(count) do
    Process.send_after(self(), :tick, 1000)
    {:ok, count}
  end

  @impl true
  def handle_info(:tick, count) do
    Logger.info("tick #{count}")
    Process.send_after(self(), :tick, 1000)
    {:noreply, count + 1}
  end
end
