"""web.config files, in the shapes of Microsoft's documentation and of Visual Studio's templates."""

from __future__ import annotations

from click.testing import CliRunner

from session440.cli import commands
from session440.webconfig import read

BARE = '<?xml version="1.0"?>\n<configuration>\n</configuration>\n'


MVC_3 = """<?xml version="1.0"?>
<!-- For more information on how to configure your ASP.NET application, please visit ... -->
<configuration>
  <connectionStrings>
    <add name="ApplicationServices" providerName="System.Data.SqlClient"
         connectionString="data source=.\\SQLEXPRESS;User ID=shop;Password=hunter2-of-the-shop" />
  </connectionStrings>
  <appSettings>
    <add key="ClientValidationEnabled" value="true"/>
  </appSettings>
  <system.web>
    <compilation debug="true" targetFramework="4.0" />
    <authentication mode="Forms">
      <forms loginUrl="~/Account/LogOn" timeout="2880" />
    </authentication>
    <pages><namespaces><add namespace="System.Web.Mvc" /></namespaces></pages>
  </system.web>
  <system.webServer>
    <validation validateIntegratedModeConfiguration="false"/>
  </system.webServer>
  <runtime>
    <assemblyBinding xmlns="urn:schemas-microsoft-com:asm.v1">
      <dependentAssembly>
        <assemblyIdentity name="System.Web.Mvc" publicKeyToken="31bf3856ad364e35" />
        <bindingRedirect oldVersion="1.0.0.0-2.0.0.0" newVersion="3.0.0.0" />
      </dependentAssembly>
    </assemblyBinding>
  </runtime>
</configuration>
"""


VALIDATION_KEY = "21F090935F6E49C2C797F69BBAAD8402ABD2EE0B667A8B44EA7DD4374267A75D7AD972A119482D15"
DECRYPTION_KEY = "ABAA84D7EC4BB56D75D217CECFFB9628809BDB8BF91CFCD64568A145BE59719F"
CONNECTION = "data source=sql01.example;user id=state;password=correct-horse"

FARM = f"""<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <system.web>
    <authentication mode="Forms">
      <forms name=".SHOP" loginUrl="/signin.aspx?from=web" timeout="45" domain="shop.example"
             slidingExpiration="true" requireSSL="true" cookieSameSite="Strict"
             protection="All" enableCrossAppRedirects="true" />
    </authentication>
    <sessionState mode="SQLServer" timeout="60" cookieless="false" cookieName="ShopSession"
        sqlConnectionString="{CONNECTION}" sqlCommandTimeout="45" compressionEnabled="true"
        allowCustomSqlDatabase="true" sqlConnectionRetryInterval="5" />
    <httpCookies httpOnlyCookies="true" requireSSL="true" sameSite="Lax" domain="example" />
    <machineKey validationKey="{VALIDATION_KEY}" decryptionKey="{DECRYPTION_KEY}"
        validation="HMACSHA256" decryption="AES" compatibilityMode="Framework45" />
  </system.web>
</configuration>
"""

LOCATIONS = """<configuration>
  <location path="." inheritInChildApplications="false">
    <system.web>
      <authentication mode="Forms"><forms timeout="40" loginUrl="login.aspx" /></authentication>
      <sessionState timeout="40" />
    </system.web>
  </location>
  <location>
    <system.web><httpCookies requireSSL="true" /></system.web>
  </location>
  <location path="Content">
    <system.web><authorization><allow users="*" /></authorization></system.web>
  </location>
  <location path="admin">
    <system.web>
      <authentication mode="Forms">
        <forms timeout="5" slidingExpiration="false" />
      </authentication>
    </system.web>
  </location>
  <location path="kiosk">
    <system.web><sessionState timeout="3" /></system.web>
  </location>
</configuration>
"""

SHAREPOINT = (
    """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<configuration xmlns="http://schemas.microsoft.com/.NetConfiguration/v2.0"
               xmlns:xdt="http://schemas.microsoft.com/XML-Document-Transform">
  <configSections>
    <sectionGroup name="SharePoint"><section name="SafeControls" type="X, Y" /></sectionGroup>
  </configSections>
  <SharePoint>
    <SafeMode MaxControls="200" CallStack="false" />
    <SafeControls>"""
    + "".join(
        f'<SafeControl Assembly="Contoso.Part{n}" Namespace="Contoso" TypeName="*" Safe="True" />'
        for n in range(1500)
    )
    + """</SafeControls>
  </SharePoint>
  <system.web>
    <securityPolicy><trustLevel name="WSS_Medium" policyFile="medium.config" /></securityPolicy>
    <httpRuntime maxRequestLength="51200" />
    <authentication mode="Forms">
      <forms loginUrl="/_login/default.aspx" xdt:Transform="SetAttributes(timeout)" timeout="30">
        <credentials passwordFormat="Clear"><user name="root" password="swordfish" /></credentials>
      </forms>
    </authentication>
    <sessionState mode="StateServer" stateConnectionString="tcpip=sql01.example:42424" timeout="60"
                  cookieless="AutoDetect" regenerateExpiredSessionId="false"
                  stateNetworkTimeout="Infinite" partitionResolverType="A, B" madeUp="1" />
    <machineKey validationKey="AutoGenerate,IsolateApps" decryptionKey="AutoGenerate" />
  </system.web>
  <system.serviceModel>
    <serviceHostingEnvironment aspNetCompatibilityEnabled="true" />
  </system.serviceModel>
</configuration>
"""
)

NOT_SLIDING = """<configuration><system.web>
  <authentication mode="Forms"><forms timeout="480" slidingExpiration="False" /></authentication>
  <sessionState timeout="15" />
</system.web></configuration>"""


def of_web(inside: str) -> str:
    return f"<configuration><system.web>{inside}</system.web></configuration>"


def forms(attributes: str = "", session: str = "", more: str = "") -> str:
    """A file with a forms ticket."""
    return of_web(
        f'<authentication mode="Forms"><forms {attributes} /></authentication>'
        f"<sessionState {session} />{more}"
    )


def config_of(text: str):
    return read(text.encode())


def run(*arguments: str, text: str | bytes = "", code: int = 0) -> str:
    done = CliRunner().invoke(commands, ["webconfig", *arguments], input=text)
    assert done.exit_code == code, done.output
    return done.output
