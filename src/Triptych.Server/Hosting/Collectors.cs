using Triptych.Api.Hosting;
using Triptych.Ingest.Intake;
using Triptych.Server.Configuration;
using Triptych.Storage.Metastore;
using Microsoft.Extensions.Logging;
namespace Triptych.Server.Hosting;
internal sealed class Collectors(ServerConfig config, FrontDoor frontDoor, IMetastore metastore, Func<string> writeSelfMetrics, IReadOnlyList<Listener> listeners, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    public void Start() { _ = (config, frontDoor, metastore, writeSelfMetrics, listeners, time, loggers); }
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
