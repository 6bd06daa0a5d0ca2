[assembly: AssemblyFixture(typeof(Triptych.Server.Tests.DefaultServer))]

namespace Triptych.Server.Tests;

/// <summary>One server with the default configuration for all tests that change nothing another one could see.</summary>
public sealed class DefaultServer : ServerProcess, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await StartAsync();
}
